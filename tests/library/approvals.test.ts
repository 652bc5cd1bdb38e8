import { expect, test } from 'vitest';

import { openClarifications, type ApprovalAnswer, type Clarification, type Json } from '../../src/index.js';
import { call, doublingTool, planOf, portiaIn } from './library-doubles.js';

test.each(['file:', 'memory:'])(
  'when a call is asked about then a program answers with other arguments, or with a reason (%s)',
  async (store) => {
    const { tool, calls } = doublingTool();
    const { portia } = portiaIn({ store, tools: [{ ...tool, effect: 'once' }] });
    const plan = planOf([call('double_tool', { value: 2 })]);
    const answer = async (response: ApprovalAnswer) => {
      const paused = await portia.runPlan(plan);
      const [question] = openClarifications(paused) as [Clarification];
      // The code of a tool that a program brings is not compared, so nothing is kept about it.
      expect(question).toMatchObject({ effect: 'once', sources: { value: [{ from: 'plan' }] } });
      expect(question).not.toHaveProperty('may_keep');
      await portia.resolveClarification(paused, question.id, response);
      return portia.resume(paused);
    };
    expect((await answer({ yes: { value: 5 } })).outputs.final_output).toMatchObject({ value: 10 });
    expect((await answer({ no: 'too large' })).error).toMatchObject({
      code: 'declined',
      message: 'A person said no to calling double_tool: too large',
    });
    expect(calls).toEqual([5]);
    for (const response of ['always', { yes: { value: 'five' } }, { no: 7 }] as Json[]) {
      await expect(answer(response as ApprovalAnswer)).rejects.toMatchObject({ code: 'answer-refused' });
    }
  },
);
