import type { AdminHandler } from './answer';

export type AdminRequest = Parameters<AdminHandler>[0];
export type AdminResponse = Parameters<AdminHandler>[1];

/** What Node-RED's login leaves at a request. */
interface LoggedIn {
  user?: { username?: unknown; anonymous?: boolean };
  authInfo?: { scope?: unknown };
}

/** Gives the name of who asks; null where the editor has no login, or lets everyone in. */
export function userOf(request: AdminRequest): string | null {
  const { user } = request as unknown as LoggedIn;
  return typeof user?.username === 'string' && user.username !== '' ? user.username : null;
}

/** Tells whether who asks has a `.write` permission, as Node-RED decides; without a login everything is allowed. */
export function mayWrite(request: AdminRequest, permission: `${string}.write`): boolean {
  const { user, authInfo } = request as unknown as LoggedIn;
  if (!user) return true;
  const scopes: unknown[] = [authInfo?.scope ?? []].flat();
  return scopes.some((scope) => ['*', 'write', '*.write', permission].includes(String(scope)));
}

/** Gives a part of the address that its route names. */
export function parameter({ params }: AdminRequest, name: string): string {
  return String(params[name]);
}

/** Gives what follows the `?` of an address, whole numbers as such: in an address they are text. */
export function numbersIn(query: AdminRequest['query']): Record<string, unknown> {
  return Object.fromEntries(
    Object.entries(query).map(([name, value]) => [
      name,
      typeof value === 'string' && /^\d{1,9}$/.test(value) ? Number(value) : value,
    ]),
  );
}
