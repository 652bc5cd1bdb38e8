/** What is used of the package, here and in tests. It brings no types. */
declare module 'sql.js' {
  class Statement {
    /** Whether there is a next row. */
    step(): boolean;
    getAsObject(values: null, options: { useBigInt: boolean }): Record<string, unknown>;
    free(): void;
  }

  class Database {
    /** The bytes of its file. */
    constructor(content?: Uint8Array);
    run(sql: string): void;
    /** The bytes of its file. */
    export(): Uint8Array;
    prepare(sql: string): Statement;
    close(): void;
  }

  export default function load(options?: { wasmBinary: Uint8Array }): Promise<{ Database: typeof Database }>;
}
