/** Content that cannot be read without losing something, or is too much; the message is for people, without its full stop. */
export class ContentRefused extends Error {}
