import { expect, test } from 'vitest';

import { nearestName, nearestToolId } from '../../../src/domain/values/nearest-name.js';

test.each([
  ['modle', 'model'],
  ['Model', 'model'],
  ['base-url', 'base_url'],
  ['aprovals', 'approvals'],
  ['tool', 'tools'],
  ['\u043codel', 'model'],
  ['mo\u0301del\u200b', 'model'],
  ['ＭＯＤＥＬ', 'model'],
  ['planner_tool', 'planner'],
  ['hooks', undefined],
  ['x', undefined],
  ['', undefined],
])('when the word is %j then the nearest name is %j', (word, expected) => {
  expect(nearestName(word, ['model', 'models', 'base_url', 'tools', 'approvals', 'planner'])).toBe(expected);
});

test.each([
  ['serch_tool', 'search_tool'],
  ['Search-Tool', 'search_tool'],
  ['create_refund', 'mcp:stripe:create_refund'],
  ['calc', 'calculator_tool'],
  ['ca', undefined],
  ['zzzzzz', undefined],
  ['', undefined],
])('when the tool %j is meant then the nearest id is %j', (word, expected) => {
  expect(nearestToolId(word, ['search_tool', 'calculator_tool', 'mcp:stripe:create_refund'])).toBe(expected);
});
