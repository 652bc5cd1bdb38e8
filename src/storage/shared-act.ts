/** One act for all who ask for it side by side. */
export function shared(act: () => void): () => Promise<void> {
  let soon: Promise<void> | undefined;
  const actSoon = async () => {
    await Promise.resolve();
    soon = undefined;
    act();
  };
  return () => (soon ??= actSoon());
}
