/** Whether a key of an object is a name as programs give them, like `total` or `dueDate`. Any other may be data, like that of a person. */
export function isProgramName(key: string): boolean {
  return /^[a-z_$][a-zA-Z_]*$/.test(key);
}
