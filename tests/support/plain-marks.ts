/** The text of a prompt with the same marks in every request, so that requests can be compared. */
export function plainMarks(text: string): string {
  return text.replaceAll(/<(\/?)data-[0-9a-f]{16}>/g, '<$1data>');
}
