import { expect, test } from 'vitest';

import { createSchemaChecks } from '../../../src/app/inputs/schema-checks.js';

test('when a part of a value does not fit then the problem names the part', async () => {
  const schema = {
    type: 'object',
    properties: { place: { type: 'string' }, days: { type: 'array', items: { type: 'integer' } } },
    required: ['place', 'days', 'form'],
  };
  const checks = createSchemaChecks();
  await checks.prepare([schema]);
  expect(checks.validate(schema, { place: 3, days: [1, 'two'] })).toEqual([
    "must have required property 'form'",
    '/place must be string',
    '/days/1 must be integer',
  ]);
});
