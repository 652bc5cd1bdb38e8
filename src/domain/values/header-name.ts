/** A name that a header of HTTP can have: a token of RFC 9110. */
export const HEADER_NAME = /^[\w!#$%&'*+.^`|~-]+$/;
