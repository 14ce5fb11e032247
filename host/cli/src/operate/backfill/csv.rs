//! Comma-separated values, as S3 writes them: quoted fields may contain any character.

/// The rows of a text.
pub(super) fn rows(text: &str) -> Vec<Vec<String>> {
    let (mut rows, mut row, mut field) = (Vec::new(), Vec::new(), String::new());
    let (mut quoted, mut begun) = (false, false);
    let mut letters = text.chars().peekable();
    while let Some(letter) = letters.next() {
        begun = true;
        match letter {
            '"' if quoted && letters.peek() == Some(&'"') => {
                letters.next();
                field.push('"');
            }
            '"' => quoted = !quoted,
            ',' if !quoted => row.push(std::mem::take(&mut field)),
            '\n' if !quoted => {
                row.push(std::mem::take(&mut field));
                rows.push(std::mem::take(&mut row));
                begun = false;
            }
            '\r' if !quoted && letters.peek() == Some(&'\n') => {}
            other => field.push(other),
        }
    }
    if begun {
        row.push(field);
        rows.push(row);
    }
    rows
}

/// The names of columns, as S3 lists them in one string.
pub(super) fn columns(schema: &str) -> Vec<String> {
    schema.split(',').map(|name| name.trim().to_owned()).collect()
}

/// The field of that column.
pub(super) fn field<'a>(columns: &[String], row: &'a [String], name: &str) -> Option<&'a str> {
    let place = columns.iter().position(|column| column == name)?;
    row.get(place).map(String::as_str)
}

#[cfg(test)]
mod tests {
    use super::{columns, field, rows};

    #[test]
    fn fields_are_read_as_s3_writes_them() {
        assert_eq!(rows("a,b\n\"c\",\"d\"\"e\"\n"), [["a", "b"], ["c", "d\"e"]]);
        assert_eq!(rows("\"one,\ntwo\",\r\nx,y"), [["one,\ntwo", ""], ["x", "y"]]);
        assert_eq!(rows("a,"), [["a", ""]]);
        assert!(rows("").is_empty());
    }

    #[test]
    fn a_field_is_found_by_its_columns_name() {
        let columns = columns("Bucket, Key,IsLatest");
        let row: Vec<String> = ["b", "k"].map(str::to_owned).to_vec();
        assert_eq!(field(&columns, &row, "Key"), Some("k"));
        assert_eq!(field(&columns, &row, "IsLatest"), None);
        assert_eq!(field(&columns, &row, "Other"), None);
    }
}
