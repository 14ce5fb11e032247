#!/usr/bin/env bash
# Installs what the comparisons need, below .tools.
set -euo pipefail
cd "$(dirname "$0")/../../.."
here=guest/resize/conformance
[ -x .tools/conformance/bin/python ] || python3 -m venv .tools/conformance
.tools/conformance/bin/pip install --quiet --require-hashes --requirement $here/requirements.txt
mkdir -p .tools/sharp
cmp -s $here/package-lock.json .tools/sharp/installed || {
    cp $here/package.json $here/package-lock.json .tools/sharp/
    npm ci --silent --no-audit --no-fund --prefix .tools/sharp
    cp $here/package-lock.json .tools/sharp/installed
}

# Public suites, in the sources of two packages.
[ "${1:-}" != suites ] || [ -d .tools/suites ] || {
    pip=.tools/conformance/bin/pip
    "$pip" install --quiet --require-hashes --requirement $here/suites.txt
    "$pip" download --quiet --no-deps --no-build-isolation --no-binary pillow,pypng --require-hashes \
        --dest .tools/suites --requirement $here/suites.txt
}

# Photographs, in packages of Debian 12. `apt-get update` first if apt finds none.
[[ "${1:-}" != @(photographs|subjects) ]] || cmp -s $here/photographs.txt .tools/photographs/installed || {
    rm -rf .tools/photographs
    mkdir -p .tools/photographs/packages
    while read -r package digest; do
        (cd .tools/photographs/packages && apt-get -qq -o APT::Sandbox::User=root download "$package")
        file=$(echo .tools/photographs/packages/"${package%%=*}"_*.deb)
        echo "$digest  $file" | sha256sum --quiet --check
        dpkg-deb --extract "$file" .tools/photographs/files
    done < $here/photographs.txt
    rm -r .tools/photographs/packages
    cp $here/photographs.txt .tools/photographs/installed
}

# Pictures whose subject is known, in packages of three registries: see subjects.json.
[ "${1:-}" != subjects ] || cmp -s $here/subjects.txt .tools/subjects/installed || {
    rm -rf .tools/subjects
    mkdir -p .tools/subjects/packages
    while read -r registry package digest; do
        name=${package%%[@=]*}
        rm -rf .tools/subjects/packages/*
        (
            cd .tools/subjects/packages
            case $registry in
                npm) npm pack --silent "$package" >/dev/null ;;
                pip) ../../conformance/bin/pip download --quiet --no-deps --no-binary :all: "$package" ;;
                apt) apt-get -qq -o APT::Sandbox::User=root download "$package" ;;
            esac
        )
        file=$(echo .tools/subjects/packages/*)
        echo "$digest  $file" | sha256sum --quiet --check
        mkdir ".tools/subjects/$name"
        case $registry in
            apt) dpkg-deb --extract "$file" ".tools/subjects/$name" ;;
            *) tar --extract --file "$file" --directory ".tools/subjects/$name" --strip-components 1 ;;
        esac
    done < $here/subjects.txt
    rm -r .tools/subjects/packages
    cp $here/subjects.txt .tools/subjects/installed
}
