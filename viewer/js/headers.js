// Cache-Status (RFC 9211) and Server-Timing, as far as image-origin and CloudFront use them: no parameter's value
// contains a comma or a semicolon.

// [{ name: 'image-origin-memory', hit: true, parameters: ['hit'] }], nearest to S3 first
export function cacheStatus(value) {
  return members(value).map(([name, ...parameters]) => ({ name, parameters, hit: parameters.includes('hit'),
    collapsed: parameters.includes('collapsed'), stored: parameters.includes('stored'),
    unavailable: parameters.includes('fwd=bypass') }));
}

// { memory: 0.1, s3: 24 } in milliseconds
export function serverTiming(value) {
  return Object.fromEntries(members(value)
    .map(([name, ...parameters]) => [name, parameters.find((parameter) => parameter.startsWith('dur='))])
    .filter(([, duration]) => duration !== undefined)
    .map(([name, duration]) => [name, Number(duration.slice('dur='.length))]));
}

function members(value) {
  return (value ?? '').split(',')
    .map((member) => member.split(';').map((part) => part.trim()))
    .filter(([name]) => name !== '');
}
