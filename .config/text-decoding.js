/** What inquirer's editor takes from iconv-lite, by the decoder of Node. The tables of iconv-lite would be 350 kB. */
export default {
  encodingExists(encoding) {
    try {
      return Boolean(new TextDecoder(encoding));
    } catch (error) {
      if (error instanceof RangeError) return false;
      throw error;
    }
  },
  decode: (bytes, encoding) => new TextDecoder(encoding).decode(bytes),
};
