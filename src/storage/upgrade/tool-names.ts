/** Names that the older workflows of the Python SDK give tools, by the id that the tool has. */
const IDS_BY_NAME = new Map(
  Object.entries({
    'browser tool': 'browser_tool',
    calculator: 'calculator_tool',
    'calculator tool': 'calculator_tool',
    'crawl tool': 'crawl_tool',
    'extract tool': 'extract_tool',
    'file reader tool': 'file_reader_tool',
    'file writer tool': 'file_writer_tool',
    'image understanding tool': 'image_understanding_tool',
    'llm tool': 'llm_tool',
    'map tool': 'map_tool',
    'pdf reader tool': 'pdf_reader_tool',
    'search tool': 'search_tool',
    'weather tool': 'weather_tool',
  }),
);

/** The id of a tool that is given by its name; a name that nobody knows is spelled like an id and not `known`. */
export function toolIdOfName(name: string): { id: string; known: boolean } {
  const id = IDS_BY_NAME.get(name.trim().toLowerCase());
  if (id !== undefined) return { id, known: true };
  const slug = name
    .trim()
    .toLowerCase()
    .replaceAll(/[^\p{Letter}\p{Number}]+/gu, '_')
    .replaceAll(/^_+|_+$/g, '');
  return { id: slug === '' ? 'unnamed_tool' : slug, known: false };
}
