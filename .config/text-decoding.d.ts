declare const decoder: {
  encodingExists(encoding: string): boolean;
  decode(bytes: Uint8Array, encoding: string): string;
};
export default decoder;
