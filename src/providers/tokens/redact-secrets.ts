const MIN_CHARS = 4 // what is shorter stands in every text

/** The text without the secrets, as they are and as a form encodes them. */
export const redactSecrets = (text: string, secrets: readonly string[]): string =>
  secrets
    .flatMap((secret) => [secret, encodeURIComponent(secret)])
    .filter((secret) => secret.length >= MIN_CHARS)
    .reduce((clean, secret) => clean.replaceAll(secret, '[redacted]'), text)
