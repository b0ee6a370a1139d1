export async function runQuickstart(): Promise<void> {}
