import { readNamedValue, textOfNamed } from '../../documents/named-value.js';
import type { EndUserChange } from '../../domain/run/end-user.js';
import { DEFAULT_END_USER } from '../../domain/run/run.js';
import { PortiaError } from '../../domain/errors.js';
import type { EndUserOptions } from '../session/options.js';
import type { Session } from '../session/session.js';

/** Keeps what --end-user-data says of whom a plan or a run is for. Rejects with `usage` for a form that is unknown. */
export async function keepEndUserData(
  session: Session<EndUserOptions>,
  endUser = session.options.endUser ?? DEFAULT_END_USER,
): Promise<void> {
  const { endUserData = [] } = session.options;
  if (endUserData.length === 0) return;
  const change: EndUserChange & { additional_data: Record<string, string | null> } = { additional_data: {} };
  for (const flag of endUserData) {
    const { name, value } = await readFlag(session, flag);
    if (name === 'name' || name === 'email' || name === 'phone_number') change[name] = value;
    else change.additional_data[name] = value;
  }
  await session.services.store.changeEndUser(endUser, change);
}

async function readFlag(
  { readText }: Session<EndUserOptions>,
  flag: string,
): Promise<{ name: string; value: string | null }> {
  const named = readNamedValue(flag);
  if (named === undefined || (named.isJson && (named.isFile || named.text.trim() !== 'null'))) {
    throw new PortiaError('usage', `--end-user-data ${JSON.stringify(flag)} is not understood.`, {
      why: 'It takes NAME=TEXT, NAME=@FILE, or NAME:=null to forget one. The names name, email and phone_number say who it is.',
      fix: '--end-user-data email=ada@example.com',
    });
  }
  return { name: named.name, value: named.isJson ? null : (await textOfNamed(named, readText)).trimEnd() };
}
