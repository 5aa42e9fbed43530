// Redaction of keys in text from upstreams and clients. Sluice's own text never contains keys.

const KEY_LIKE = [
  /\b(?:sk|pk|rk|gsk|xai|key|ghp|hf|pplx|csk|fw|tgp)[-_][\w*.-]{6,}/gi,
  /\bBearer\s+[\w.~+/=-]{6,}/gi,
  /\bAIza[\w-]{20,}/g,
  /\bya29\.[\w.-]{6,}/g,
  /-----BEGIN [A-Z ]{0,30}PRIVATE KEY-----[\w+/=\s\\]*(?:-----END [A-Z ]{0,30}PRIVATE KEY-----)?/g,
  /(?<![\w-])eyJ[\w-]{8,}\.[\w-]{8,}(?:\.[\w-]*)?/g,
  /([?&](?:key|api[-_]?key|token)=)[^&\s"]+/gi,
  /(\bapi[-_ ]?key\b["']?(?: provided)?\s*[:=]\s*["']?)[\w+/=.*-]{8,}/gi, // some vendors' keys have no prefix
]

/** The text with everything that looks like a credential replaced. */
export const redact = (text: string): string =>
  KEY_LIKE.reduce(
    (clean, pattern) =>
      clean.replace(pattern, (_found, name?: string) => `${typeof name === 'string' ? name : ''}[redacted]`),
    text,
  )

/** Fields that are never written, at the top level or one level below. */
export const SECRET_FIELDS = ['authorization', 'apiKey', 'masterKey', 'key', 'headers', 'body'].flatMap((name) => [
  name,
  `*.${name}`,
])
