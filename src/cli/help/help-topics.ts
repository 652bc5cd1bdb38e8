/** The pages of `portia help <topic>`, apart from `offline`, which the offline planner prints itself. */
export const HELP_TOPICS: Readonly<Record<string, string>> = {
  'exit-codes': `Exit codes are the same for every command.

    0  done; for a run: COMPLETE
    1  the run failed, or portia itself did
    2  wrong use: unknown flag or id, invalid plan, an expression that never
       ends, unreadable or newer file
    3  unavailable, try later: network, rate limit, model server
    4  no model, or its key was rejected
    5  no valid plan could be made
    6  not approved here: the plan or a tool is not what was approved, the
       project is not trusted, or answers in the run are somebody else's
    7  another process drives the run
    8  paused: a person is needed; resume continues it
    9  a person said no
   10  the disk: full, read-only, or not writable
  129, 130, 143  stopped by SIGHUP, SIGINT, SIGTERM; resume continues it
`,
  formats: `Standard output carries the answer. Everything else goes to standard error.

  human   a picture; the default on a terminal
  json    one JSON document; the default in a pipe
  ndjson  one JSON object a line; of a run its events: first stream.started,
          last run.result
  value   only the final value of a run: text as it is, anything else as JSON

  With run-plan --batch, json and ndjson print one run.result for each line of
  the batch, value prints one JSON value for each, null for one that is not
  complete, and human prints one row.

  portia show <run> gives a run again in any of them. --json is --format json.
  --fields id,state keeps only these keys of the JSON. -o FILE writes the answer
  to a file, as JSON unless --format says otherwise. With json and ndjson an
  error is one JSON line on standard error: {"error":{"code",…}}.
`,
  answers: `A run that needs a person is saved, and says what is open and how to answer.

  portia resume last                              asks here, on a terminal
  portia resume last --answer filename=notes.txt  text
  portia resume last --answer 'count:=3'          JSON
  portia resume last --answer 'filename=#2'       the second of the options
  portia resume last --answer body=@mail.txt      the text of a file
  portia resume last --answer otp=@otp.txt        a password; @-: standard input
  portia resume last --answers answers.json       several: {"filename": "a.txt"}
  portia answer last filename=notes.txt           recorded without running

  The name before = is the argument, when only one open question has it; else
  the question's clar- id, its step and argument (0.filename), or the output
  that it is for ($text). verify=yes answers a question of yes or no,
  action=done one that asks you to do something. A password is never kept, so
  portia answer refuses it. outcome=happened=RESULT says of a call whose end is
  not known that it took effect and what it gave, as text or happened:=JSON; the
  other answers are outcome=not_done and outcome=stop. With run and
  run-plan, an answer may be given before its question, by step or output.
`,
  approvals: `Three kinds of consent never stand in for each other.

  the plan        --yes with run; run-plan takes the plan as approved
  a tool call     --approve GLOB, --deny GLOB; deny beats approve beats asking
  an answer       --answer NAME=VALUE

  Without a word from you, tools that only read are allowed, built-in tools may
  change what this run itself made, and a person is asked about every other
  call.
`,
  environment: `Variables that portia reads, from the shell or from the project's .env:

  OPENAI_API_KEY                key for OpenAI, or for OPENAI_BASE_URL when both
                                come from the same place
  OPENAI_BASE_URL               OpenAI-compatible server
  OLLAMA_BASE_URL               where Ollama is, for models called ollama/NAME
  ANTHROPIC_API_KEY, AZURE_OPENAI_API_KEY, GEMINI_API_KEY or GOOGLE_API_KEY,
  GROQ_API_KEY, MISTRAL_API_KEY, OPENROUTER_API_KEY
                                keys of the other providers
  PORTIA_MODEL                  model for every role (also PORTIA_DEFAULT_MODEL)
  PORTIA_PLANNING_MODEL, PORTIA_EXECUTION_MODEL, PORTIA_INTROSPECTION_MODEL,
  PORTIA_SUMMARIZER_MODEL       model for one role
  PORTIA_LLM_PROVIDER           provider of models that name none
  PORTIA_LARGE_OUTPUT_THRESHOLD_TOKENS
                                from this size a value is kept in memory/ (1000)
  PORTIA_STORAGE_DIR            folder that holds plans/ and runs/
  PORTIA_CONFIG_DIR             folder of your own settings
  PORTIA_FORMAT                 human, json, ndjson or value
  PORTIA_LOG_LEVEL              debug shows every event
  PORTIA_NO_PROMPT, CI          never ask
  TAVILY_API_KEY                switches search_tool on
  SQLITE_DB_PATH                database of the SQL tools
  PORTIA_TRUST_PROJECT          1, or the root of the project to trust *
  PORTIA_SIGNING_KEY            key that signs what you agree to, or @FILE *
  VISUAL, EDITOR                editor for portia edit *
  PAGER                         shows what a question cuts *
  NO_COLOR, FORCE_COLOR, TERM   colour

  * From the shell only. Settings: flags, then the shell, then .env, then
  portia.json, then your own, then defaults.
`,
};
