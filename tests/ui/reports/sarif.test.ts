import { Ajv } from 'ajv';
import { expect, test } from 'vitest';

import { sarifReport } from '../../../src/ui/reports/sarif.js';

const text = { type: 'string' };
const object = (properties: object, required: string[] = []) => ({
  type: 'object',
  additionalProperties: false,
  properties,
  required,
});
const list = (items: object) => ({ type: 'array', items });
const index = { type: 'integer', minimum: -1 };
const place = { type: 'integer', minimum: 1 };

/** What the schema of SARIF 2.1.0 (OASIS, errata 01) says of the parts that are written here. */
const SARIF = object(
  {
    $schema: { type: 'string', format: 'uri' },
    version: { const: '2.1.0' },
    runs: list(
      object(
        {
          tool: object(
            {
              driver: object({ name: text, semanticVersion: text, rules: list(object({ id: text }, ['id'])) }, [
                'name',
              ]),
            },
            ['driver'],
          ),
          columnKind: { enum: ['utf16CodeUnits', 'unicodeCodePoints'] },
          results: list(
            object(
              {
                ruleId: text,
                ruleIndex: index,
                level: { enum: ['none', 'note', 'warning', 'error'] },
                message: object({ text }, ['text']),
                locations: list(
                  object({
                    physicalLocation: object({
                      artifactLocation: object({ uri: { type: 'string', format: 'uri-reference' } }),
                      region: object({ startLine: place, startColumn: place }),
                    }),
                    logicalLocations: list(object({ name: text, fullyQualifiedName: text })),
                  }),
                ),
              },
              ['message'],
            ),
          ),
        },
        ['tool'],
      ),
    ),
  },
  ['version', 'runs'],
);

const validate = new Ajv({ formats: { uri: true, 'uri-reference': /^[\w./%~!'()*-]*$/ } }).compile(SARIF);

test('when plans have problems then each is a result of its rule, at its place, and notes are left out', () => {
  const report = sarifReport(
    [
      {
        name: 'plans/a b#ä.yaml',
        file: 'plans/a b#ä.yaml',
        problems: [
          {
            severity: 'error',
            rule: 'unknown-tool',
            message: 'No tool.',
            pointer: '/steps/0',
            fix: 'x',
            line: 3,
            column: 5,
          },
          { severity: 'warning', rule: 'unused-output', message: 'Unused.', pointer: '/steps/1' },
          { severity: 'note', rule: 'acts', message: 'It acts.', pointer: '/steps/1' },
        ],
      },
      {
        name: 'standard input',
        problems: [{ severity: 'error', rule: 'unknown-tool', message: '\u001b', pointer: '' }],
      },
    ],
    '1.2.3',
  );
  expect(validate(report), JSON.stringify(validate.errors)).toBe(true);
  expect(report).toMatchObject({
    runs: [
      {
        tool: { driver: { rules: [{ id: 'unknown-tool' }, { id: 'unused-output' }] } },
        results: [
          {
            ruleIndex: 0,
            level: 'error',
            message: { text: 'No tool. Fix: x' },
            locations: [
              {
                physicalLocation: {
                  artifactLocation: { uri: 'plans/a%20b%23%C3%A4.yaml' },
                  region: { startLine: 3, startColumn: 5 },
                },
                logicalLocations: [{ name: 'step 1' }],
              },
            ],
          },
          { ruleIndex: 1, level: 'warning' },
          { ruleIndex: 0, message: { text: '\\u{1b}' }, locations: [{ logicalLocations: [{ name: 'plan' }] }] },
        ],
      },
    ],
  });
});
