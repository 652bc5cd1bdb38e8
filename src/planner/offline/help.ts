/** What `planOffline` takes, for `portia help offline`. Every line that begins with two spaces and `portia` works. */
export const OFFLINE_GRAMMAR_HELP = `Without a model, portia plans requests of a small closed language, in English.
It takes a request only if it understands every word of it, and refuses
everything else; it never guesses.

Calculate
  portia run "add 1 + 2"
  portia run "what is (3 + 4) * 2?"
  portia run "2 plus 3 times 4"
  portia run "multiply 6 by 7"
  portia run "subtract 3 from 10"
  portia run "the sum of 1, 2 and 3"
  portia run "10% of 250"
  portia run "2 to the power of 10"
  Signs: + - * / ^ ( ), also × ÷ and **. Words: plus, minus, times, multiplied
  by, divided by, mod, squared, cubed, to the power of, zero to twelve. Powers
  come first, then times and divided by, then plus and minus; ^ groups from the
  right and takes whole powers. Where a phrase could be read in two ways
  ("divide 10 by 4 plus 1") it asks for parentheses. Numbers are written 1000
  and 0.5.

Read a file
  portia run "read weather.txt"
  portia run "show the file notes/today.md"
  portia run "what is in data.json?"
  portia run "read a file"
  The last one asks for the name. Names with spaces or without an ending go in
  quotes.

Write a file
  portia run 'write "Dear diary" to diary.txt'
  portia run "write hello world to out.txt"
  portia run "add 1 + 2 then save the result to out.txt"
  Text goes in quotes; only numbers and hello, hi, world, done, ok, yes, no,
  true, false need none.

Convert a table (.csv, .tsv, .xlsx, .json, .ndjson, .yaml) to JSON or CSV
  portia run "convert data.csv to json"
  portia run "convert data.csv to other.json"
  portia run "convert data.json to csv"

Ask a SQLite database (read-only)
  portia run "list tables in shop.db"
  portia run "describe orders and items in shop.db"
  portia run "run select count(*) from orders on shop.db"
  portia run "query shop.db: select name from items where price > 10"

Chains: "then", "and then", or "and" before a verb
  portia run "add 1 + 2, then multiply it by 3, then save the result to out.txt"
  portia run "divide 10 by 4 then plus 1"
  portia run "read data.json and write it to copy.json"
  portia run "query shop.db: select * from items, then save it to items.json"
  "it", "that", "the result" and "the answer" mean what the part before gave.
  What was only written or saved does not change that.

"please", and a full stop, question mark or exclamation mark at the end, are
welcome.
`;
