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
