/** How templates of chats begin a turn of the model, and how they end it. */
const FIRST =
  /^\s*(?:<\|start_header_id\|>assistant<\|end_header_id\|>|<\|im_start\|>assistant\b|<start_of_turn>model\b)\s*/;
const LAST =
  /(?:\s{0,9}(?:<\|(?:eom_id|eot_id|im_end|end|call|endoftext|end_of_text|eot)\|>|<[|｜]end▁of▁sentence[|｜]>|<end_of_turn>|<turn\|>|<\/s>)){1,9}\s*$/;

/** The text of a turn without the marks of its template around it, which some servers leave there. */
export function withoutTemplateMarks(text: string): string {
  const begun = text.replace(FIRST, '');
  // A text that is struck through ends in the same letters.
  return begun.includes('<s>') ? begun : begun.replace(LAST, '');
}
