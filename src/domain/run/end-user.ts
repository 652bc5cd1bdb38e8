import * as z from 'zod';

/** The person that plans and runs are for; extra keys are kept. `additional_data` holds whatever else plans may build on. */
export const endUserSchema = z.looseObject({
  /** The id that `--end-user` names. */
  external_id: z.string(),
  name: z.string().nullish(),
  email: z.string().nullish(),
  phone_number: z.string().nullish(),
  additional_data: z.record(z.string(), z.string().nullable()).nullish(),
});

export type EndUser = z.infer<typeof endUserSchema>;

/** What is to be known of an end user: what is not named stays as it is, and null forgets. */
export interface EndUserChange {
  name?: string | null | undefined;
  email?: string | null | undefined;
  phone_number?: string | null | undefined;
  additional_data?: Record<string, string | null> | undefined;
}

/** One of whom nothing is known. */
export function newEndUser(id: string): EndUser {
  return { external_id: id, name: null, email: null, phone_number: null, additional_data: {} };
}

export function changedEndUser(user: EndUser, { additional_data: data = {}, ...own }: EndUserChange): EndUser {
  const named = Object.entries(own).filter(([, value]) => value !== undefined);
  const changed = { ...user, ...Object.fromEntries(named) };
  if (Object.keys(data).length === 0) return changed;
  const known = Object.entries({ ...user.additional_data, ...data }).filter(([, value]) => value !== null);
  return { ...changed, additional_data: Object.fromEntries(known) };
}

/** What is known, by name; without the id, and without what is empty. */
export function factsOf({ name, email, phone_number, additional_data: data }: EndUser): Record<string, string> {
  const own = withoutEmpty({ name, email, phone_number });
  return { ...own, ...withoutEmpty(data ?? {}), ...own };
}

function withoutEmpty(texts: Record<string, string | null | undefined>): Record<string, string> {
  return Object.fromEntries(Object.entries(texts).filter((entry): entry is [string, string] => Boolean(entry[1])));
}
