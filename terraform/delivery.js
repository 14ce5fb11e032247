// The CloudFront Function of `delivery`, which runs for each request before the cache lookup: it
// normalises URLs and Accept headers, so that equivalent requests share a cache entry. Ambiguous paths are
// refused. `obscura serve` follows the same rules; see tests/delivery.test.mjs.

// Client hints that select a member of a family.
var HINTS = ['width', 'dpr', 'sec-ch-width', 'sec-ch-dpr'];

function handler(event) {
  var request = event.request;
  var key = keyOf(request.uri);
  if (key.refused) {
    return refusal(key.refused);
  }
  var last = key.segments[key.segments.length - 1];
  // A URL with an extension names one object, whatever the browser accepts.
  var chooses = last.indexOf('.') < 0;
  request.uri = '/' + key.segments.map(encoded).join('/');
  request.querystring = {};
  request.headers.accept = { value: chooses ? taste(valueOf(request.headers.accept)) : '*/*' };
  HINTS.forEach(function (name) {
    var hint = valueOf(request.headers[name]).trim();
    if (chooses && /^[0-9.]{1,8}$/.test(hint) && Number(hint) > 0) {
      request.headers[name] = { value: hint };
    } else {
      delete request.headers[name];
    }
  });
  return request;
}

// The segments of a path's key, decoded once, or why it is refused.
function keyOf(path) {
  if (path.charAt(0) !== '/') {
    return { refused: 'it does not begin with a slash' };
  }
  if (path.length > 8192) {
    return { refused: 'it is longer than a URL can be' };
  }
  // An encoded slash is not a separator, but would become one.
  if (/%2f|%5c|\\/i.test(path)) {
    return { refused: 'it has an encoded slash, or a backslash' };
  }
  var key, bytes;
  try {
    key = decodeURIComponent(path.slice(1));
    bytes = encodeURIComponent(key).replace(/%[0-9A-F]{2}/g, '_').length;
  } catch (error) {
    return { refused: 'it is not percent-encoded UTF-8' };
  }
  if (/[\u0000-\u001f\u007f-\u009f]/.test(key)) {
    return { refused: 'it has a control character' };
  }
  if (bytes > 1024) {
    return { refused: 'it is longer than a key in S3 can be, 1,024 bytes' };
  }
  var segments = key.split('/');
  var odd = segments.some(function (segment) {
    return segment === '' || segment === '.' || segment === '..';
  });
  return odd ? { refused: 'it has a segment that is empty, `.` or `..`' } : { segments: segments };
}

// As S3 signs paths, so that nothing on the way writes it differently.
function encoded(segment) {
  return encodeURIComponent(segment).replace(/[!'()*]/g, function (one) {
    return '%' + one.charCodeAt(0).toString(16).toUpperCase();
  });
}

// `Accept` as one of three values. Only types that are named count: browsers send `*/*` that show neither.
function taste(accept) {
  var named = accept.toLowerCase().split(',').map(function (range) {
    var parts = range.split(';').map(function (part) { return part.trim(); });
    var refused = parts.slice(1).some(function (part) {
      var weight = /^q\s*=\s*(.*)$/.exec(part);
      return weight && !(/^[0-9.]+$/.test(weight[1]) && Number(weight[1]) > 0 && Number(weight[1]) <= 1);
    });
    return refused ? '' : parts[0];
  });
  if (named.indexOf('image/avif') >= 0) {
    return 'image/avif,image/webp';
  }
  return named.indexOf('image/webp') >= 0 ? 'image/webp' : '*/*';
}

// A header's value; several values are joined by commas.
function valueOf(header) {
  if (!header) {
    return '';
  }
  var values = header.multiValue || [header];
  return values.map(function (one) { return one.value; }).join(',');
}

function refusal(why) {
  return {
    statusCode: 400,
    statusDescription: 'Bad Request',
    headers: {
      'content-type': { value: 'application/json' },
      'cache-control': { value: 'no-store' },
      'x-content-type-options': { value: 'nosniff' },
      'x-obscura-code': { value: 'path-refused' },
    },
    body: {
      encoding: 'text',
      data: JSON.stringify({
        code: 'path-refused',
        message: 'the path is not answered: ' + why,
        remedy: "use the URL that the picture's manifest names",
      }),
    },
  };
}
