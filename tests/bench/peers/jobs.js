// The jobs that are compared. `parts` are the processes that are measured, in this order; those of `before` prepare.
// One of them may be `killed`. In a job that is `synced`, those with SQLite sync each step, too. Where it `asksModel`,
// DBOS has nothing of its own: its program sends a bare request and checks nothing.
export const JOBS = [
  { name: 'start, and one step', parts: ['one'] },
  { name: '200 steps, each with the result of the one before', parts: ['steps'] },
  { name: 'a loop that calls a tool 1,000 times', parts: ['calls'] },
  { name: 'a loop of 10,000 steps that compute', parts: ['loop'] },
  { name: '100 reads of 10 ms, side by side', parts: ['reads'] },
  { name: 'a question, and its answer in another process', parts: ['ask', 'answer'] },
  { name: 'an answer after 200 steps', before: ['askAfterSteps'], parts: ['answerAfterSteps'] },
  { name: 'an answer after a loop of 10,000', before: ['askAfterLoop'], parts: ['answerAfterLoop'] },
  { name: 'a kill in the middle of 200 steps, and the rest', parts: ['killed', 'afterKill'], killed: 'killed' },
  { name: '100 runs of three steps, four at a time', parts: ['batch'] },
  { name: '100 plans of one step inside a plan', parts: ['inner'] },
  { name: '1,000 runs of one step in one program', parts: ['many'] },
  { name: 'the same, and each step synced: SQLite with synchronous = FULL', parts: ['manySynced'], synced: true },
  { name: 'the newest 20 of 100 runs', before: ['batch'], parts: ['list'] },
  { name: 'the result of a run that has ended', before: ['steps'], parts: ['result'] },
  { name: 'a value of 100 MB, from one step to the next', parts: ['large'] },
  { name: 'an agent that calls a tool ten times', parts: ['agent'], asksModel: true },
  { name: 'an answer of a model in a given form', parts: ['form'], asksModel: true },
];
