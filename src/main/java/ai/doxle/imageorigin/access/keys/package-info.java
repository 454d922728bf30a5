/**
 * Where the keys come from that verify tokens: a JWK set (RFC 7517), an issuer's metadata
 * or a public key.
 */
@NullMarked
package ai.doxle.imageorigin.access.keys;

import org.jspecify.annotations.NullMarked;
