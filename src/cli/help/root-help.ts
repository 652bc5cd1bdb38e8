/** What `portia --help` prints: written out, so that it costs nothing to show. A test holds it against the commands. */
export const ROOT_HELP = `portia turns a request into a plan that you can read, runs it step by step,
stops to ask when it must, and continues later exactly where it stopped.

Usage: portia <command> [options]

Examples
  $ portia run "add 1 + 2"                   plan, show, ask, run
  $ portia plan "read notes.md" > plan.json  only plan
  $ portia run-plan plan.json                run exactly that plan
  $ portia resume last                       answer what is open and continue
  $ portia show last                         what happened

Core
  plan [query]        turn a request into a plan
  run [query]         plan, show the plan, ask, then run it
  run-plan <plan>     run a saved plan
  resume [run]        answer what is open and continue
  show <id>           show a plan or a run

Plans and runs
  list [kind]         list runs or plans, newest first
  check <plan>        find every problem of a plan at once
  edit <plan>         change a plan in your editor
  refine <plan>       change a plan with the model, as a hint says
  diff <a> <b>        compare two plans or two runs, step by step
  eval <expression>   evaluate an expression over what a run has
  answer <run>        record answers without running
  cancel <run>        end a run for good
  verify [run]        check the record of a run, and show who agreed to what
  rm <id...>          delete plans or runs

Tools and set-up
  tools [action]      list, describe or call tools
  schema <kind>       print the schema of a plan, run, event or error
  trust               see what a project would do here, and allow it
  doctor              what works here, what does not, and how to fix it
  help [topic]        help on a command or a topic

Topics of help
  answers, approvals, commands, durability, environment, exit-codes, files,
  formats, library, models, offline, plan-language, scripts-and-ci, settings,
  tools, trust

A plan or run is an id, its last 8 digits, a file, - (standard input), or last.
Every command: --json, --format human|json|ndjson|value, -o FILE, -v, -q,
--no-prompt, --no-color, -C FOLDER. More: portia help <command>
`;
