// Google's credentials files. Source: https://google.aip.dev/auth (4111 to 4117)
import { createPrivateKey } from 'node:crypto'
import { z } from 'zod'

const text = z.string({ error: (issue) => `has no \`${String(issue.path?.at(-1))}\` string` }).min(1, {
  error: (issue) => `has an empty \`${String(issue.path?.at(-1))}\``,
})

const LOOPBACK = new Set(['127.0.0.1', '[::1]', 'localhost'])

/** Secrets are sent to this URL. */
const safeUrl = text.refine(
  (url) => {
    const { protocol, hostname } = URL.parse(url) ?? {}
    return protocol === 'https:' || (protocol === 'http:' && LOOPBACK.has(hostname!))
  },
  { error: (issue) => `has a \`${String(issue.path?.at(-1))}\` that is not an https URL` },
)

const TOKEN_URI = 'https://oauth2.googleapis.com/token'

/** In environment variables, line breaks are often written as a backslash and an n. */
const privateKey = text
  .transform((pem) => pem.replaceAll('\\n', '\n'))
  .refine(isRsaKey, { error: 'has a `private_key` that is not an RSA key in PEM format' })

function isRsaKey(pem: string): boolean {
  try {
    return createPrivateKey(pem).asymmetricKeyType === 'rsa'
  } catch {
    return false
  }
}

const serviceAccount = z.object({
  type: z.literal('service_account'),
  client_email: text,
  private_key: privateKey,
  private_key_id: text.optional(),
  token_uri: safeUrl.default(TOKEN_URI),
  project_id: text.optional(),
})

const authorizedUser = z.object({
  type: z.literal('authorized_user'),
  client_id: text,
  client_secret: text,
  refresh_token: text,
  token_uri: safeUrl.default(TOKEN_URI),
  quota_project_id: text.optional(),
})

const anyUrl = text.refine((url) => /^https?:$/.test(URL.parse(url)?.protocol ?? ''), {
  error: 'has a `credential_source` whose `url` is not an http or https URL',
})

/**
 * The metadata server of a cloud, or a file that the cluster refreshes. AWS, executables and certificates are not
 * supported.
 */
const credentialSource = z
  .object({
    file: text.optional(),
    url: anyUrl.optional(),
    headers: z.record(z.string(), z.string()).default({}),
    format: z
      .object({ type: z.enum(['text', 'json']).default('text'), subject_token_field_name: text.optional() })
      .prefault({}),
    environment_id: z.never({ error: 'has a `credential_source` of AWS, which is not supported' }).optional(),
    executable: z
      .never({ error: 'has a `credential_source` that is an executable, which is not supported' })
      .optional(),
    certificate: z
      .never({ error: 'has a `credential_source` that is a certificate, which is not supported' })
      .optional(),
  })
  .refine(({ file, url }) => (file === undefined) !== (url === undefined), {
    error: 'has a `credential_source` that needs either `file` or `url`',
  })

const externalAccount = z.object({
  type: z.literal('external_account'),
  audience: text,
  subject_token_type: text,
  token_url: safeUrl,
  credential_source: credentialSource,
  service_account_impersonation_url: safeUrl.optional(),
  quota_project_id: text.optional(),
})

const impersonated = z.object({
  type: z.literal('impersonated_service_account'),
  service_account_impersonation_url: safeUrl,
  source_credentials: z.discriminatedUnion('type', [serviceAccount, authorizedUser], {
    error: 'has `source_credentials` of a type that is not supported; allowed: service_account, authorized_user',
  }),
  quota_project_id: text.optional(),
})

const KINDS = [serviceAccount, authorizedUser, externalAccount, impersonated] as const
const TYPES = KINDS.map(({ shape }) => shape.type.value).join(', ')

const credentials = z.discriminatedUnion('type', KINDS, {
  error: (issue) =>
    issue.code === 'invalid_union' ? `has a \`type\` that is not supported; allowed: ${TYPES}` : 'is not a JSON object',
})

export type GoogleCredentials = z.output<typeof credentials>
export type ServiceAccount = z.output<typeof serviceAccount>
export type AuthorizedUser = z.output<typeof authorizedUser>
export type ExternalAccount = z.output<typeof externalAccount>
export type ReadCredentials =
  | { readonly type: 'read'; readonly credentials: GoogleCredentials }
  /** `reason` is a predicate, to follow a subject. It contains nothing of the file. */
  | { readonly type: 'unreadable'; readonly reason: string }

/** Reads the text of a credentials file. */
export function readCredentials(file: string): ReadCredentials {
  const result = credentials.safeParse(jsonOf(file))
  if (result.success) return { type: 'read', credentials: result.data }
  const { message, path } = result.error.issues[0]!
  return { type: 'unreadable', reason: /^(?:has|is) /.test(message) ? message : `has an invalid \`${path.join('.')}\`` }
}

function jsonOf(file: string): unknown {
  try {
    return JSON.parse(file)
  } catch {
    return undefined
  }
}

/** The project that a credentials file belongs to. */
export const projectIn = (given: GoogleCredentials): string | undefined =>
  given.type === 'service_account' ? given.project_id : given.quota_project_id
