import { type ErrorDetails, GatewayError } from '../../errors.ts'
import { defined } from '../../formats/fields/defined.ts'
import type { SecretFilter } from '../../schema/secret-filter.ts'

/** The error without secrets that the upstream repeated, in everything that clients or the log get of it. */
export function withoutSecrets(error: GatewayError, secrets: SecretFilter): GatewayError {
  const message = secrets.clean(error.message)
  const details = cleanDetails(error.details, secrets)
  return message === error.message && isSame(details, error.details)
    ? error
    : new GatewayError(error.code, message, details)
}

function cleanDetails(details: ErrorDetails, secrets: SecretFilter): ErrorDetails {
  const { param, headers, upstream, cause } = details
  return {
    ...details,
    ...defined({
      param: param === undefined ? undefined : secrets.clean(param),
      headers: headers && secrets.cleanAll(headers),
      upstream: upstream && cleanUpstream(upstream, secrets),
      cause: cause === undefined ? undefined : cleanCause(cause, secrets),
    }),
  }
}

function cleanUpstream(upstream: NonNullable<ErrorDetails['upstream']>, secrets: SecretFilter) {
  const { type, code, body } = upstream
  return {
    ...upstream,
    ...defined({
      type: type === undefined ? undefined : secrets.clean(type),
      code: code === undefined ? undefined : secrets.clean(code),
      body: body && secrets.cleanBytes(body),
    }),
  }
}

/** The cause is for the log, which writes its text. */
function cleanCause(cause: unknown, secrets: SecretFilter): unknown {
  const text = cause instanceof Error ? (cause.stack ?? cause.message) : typeof cause === 'string' ? cause : ''
  const clean = secrets.clean(text)
  return clean === text ? cause : clean
}

const isSame = (one: ErrorDetails, other: ErrorDetails): boolean =>
  one.param === other.param &&
  one.cause === other.cause &&
  one.upstream?.type === other.upstream?.type &&
  one.upstream?.code === other.upstream?.code &&
  one.upstream?.body === other.upstream?.body &&
  Object.entries(one.headers ?? {}).every(([name, value]) => other.headers?.[name] === value)
