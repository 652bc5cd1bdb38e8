/** The same password from every keyboard. */
export function typedPassword(password: string): string {
  return password.normalize('NFKC');
}
