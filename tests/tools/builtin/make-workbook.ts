import { zip } from './make-xlsx.js';

const MAIN = 'http://schemas.openxmlformats.org/spreadsheetml/2006/main';
const OFFICE = 'http://schemas.openxmlformats.org/officeDocument/2006/relationships';
const PACKAGED = 'http://schemas.openxmlformats.org/package/2006';

export interface MadeSheet {
  /** As XML has it. */
  name: string;
  /** The XML of its rows; left out for a chart. */
  rows?: string;
  state?: 'hidden' | 'veryHidden';
}

export interface Workbook {
  sheets: MadeSheet[];
  /** The number formats of the styles 1, 2, …: a code, or the id of one that needs none. */
  formats?: (string | number)[];
  from1904?: boolean;
  /** The XML of the texts that cells share. */
  strings?: string;
}

/** A spreadsheet of several sheets, with number formats. */
export function makeWorkbook({ sheets, formats = [], from1904 = false, strings = '' }: Workbook): Buffer {
  const list = sheets.map(
    ({ name, state }, index) =>
      `<sheet name="${name}" sheetId="${index + 1}" r:id="r${index + 1}"${state === undefined ? '' : ` state="${state}"`}/>`,
  );
  const relations = sheets.map(({ rows }, index) => {
    const [kind, folder] = rows === undefined ? ['chartsheet', 'chartsheets'] : ['worksheet', 'worksheets'];
    return `<Relationship Id="r${index + 1}" Type="${OFFICE}/${kind}" Target="${folder}/sheet${index + 1}.xml"/>`;
  });
  const codes = formats.map((code, index) =>
    typeof code === 'string' ? `<numFmt numFmtId="${200 + index}" formatCode="${code}"/>` : '',
  );
  const styles = formats.map((code, index) => `<xf numFmtId="${typeof code === 'string' ? 200 + index : code}"/>`);
  return zip({
    '[Content_Types].xml': `<Types xmlns="${PACKAGED}/content-types"/>`,
    'xl/workbook.xml': `<workbook xmlns="${MAIN}" xmlns:r="${OFFICE}"><workbookPr${from1904 ? ' date1904="1"' : ''}/><sheets>${list.join('')}</sheets></workbook>`,
    'xl/_rels/workbook.xml.rels': `<Relationships xmlns="${PACKAGED}/relationships">${relations.join('')}<Relationship Id="s" Type="${OFFICE}/styles" Target="styles.xml"/><Relationship Id="t" Type="${OFFICE}/sharedStrings" Target="sharedStrings.xml"/></Relationships>`,
    'xl/sharedStrings.xml': `<sst xmlns="${MAIN}">${strings}</sst>`,
    'xl/styles.xml': `<styleSheet xmlns="${MAIN}"><numFmts>${codes.join('')}</numFmts><cellStyleXfs><xf numFmtId="14"/></cellStyleXfs><cellXfs><xf numFmtId="0"/>${styles.join('')}</cellXfs></styleSheet>`,
    ...Object.fromEntries(sheets.map((sheet, index) => fileOf(sheet, index + 1))),
  });
}

function fileOf({ rows }: MadeSheet, place: number): [string, string] {
  if (rows === undefined) return [`xl/chartsheets/sheet${place}.xml`, `<chartsheet xmlns="${MAIN}"/>`];
  return [`xl/worksheets/sheet${place}.xml`, `<worksheet xmlns="${MAIN}"><sheetData>${rows}</sheetData></worksheet>`];
}

/** A column called `x` with these cells: XML after the place, which stands in A2, A3, … */
export function column(...cells: string[]): string {
  const header = '<row r="1"><c r="A1" t="inlineStr"><is><t>x</t></is></c></row>';
  return header + cells.map((cell, at) => `<row r="${at + 2}"><c r="A${at + 2}" ${cell}</c></row>`).join('');
}
