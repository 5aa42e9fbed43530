const MIN_CHARS = 4 // shorter secrets would match in any text

/** Removes the secrets from a text, both plain and URL-encoded. */
export const redactSecrets = (text: string, secrets: readonly string[]): string =>
  secrets
    .flatMap((secret) => [secret, encodeURIComponent(secret)])
    .filter((secret) => secret.length >= MIN_CHARS)
    .reduce((clean, secret) => clean.replaceAll(secret, '[redacted]'), text)
