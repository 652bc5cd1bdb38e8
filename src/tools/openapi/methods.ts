/** The methods of operations that can become tools, as a document writes them. */
export const METHODS = ['get', 'head', 'post', 'put', 'patch', 'delete'] as const;

export type Method = (typeof METHODS)[number];
