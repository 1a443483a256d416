// Package oauth2 gets access tokens from Mastercard's authorization server and proves that they are ours: OAuth 2.0 as in
// FAPI 2.0, with a client assertion (private_key_jwt, RFC 7523) and proofs of possession (DPoP, RFC 9449). The wire protocol is
// that of Mastercard's own clients for Java and JavaScript.
//
// A Source is made once and shared by all calls. It keeps tokens, renews them before they end with one request however many
// calls wait, and remembers the nonces that the two servers hand out. It sends the body of no call: with OAuth 2.0 it is not
// signed.
//
// No key and no token can be printed, logged or marshalled.
package oauth2
