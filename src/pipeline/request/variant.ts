// Two APIs with the same bodies, such as Anthropic's own and the one at Bedrock: what one states in the path or a header,
// the other has in a field.
import { type Api, familyOf } from '../../formats/apis/api.ts'
import type { Envelope } from '../../formats/envelope/read-request.ts'
import { stringOf } from '../../formats/fields/values.ts'
import type { BodyShape, ProviderType } from '../../providers/provider.ts'
import type { Call } from '../call/call.ts'
import type { Warnings } from '../call/warnings.ts'

export const isVariant = (api: Api, clientApi: Api): boolean =>
  api !== clientApi && familyOf(api) === familyOf(clientApi)

/** How a body changes on the way from the client's API to its variant `api`. */
export function variantShape(api: Api, clientApi: Api, envelope: Envelope, betas: readonly string[]): BodyShape {
  const has = (key: string) => envelope.members.some((member) => member.key === key)
  const needsStream = api.path !== undefined && envelope.stream && !has('stream')
  return {
    adds: {
      ...(needsStream && { stream: 'true' }),
      ...(api.betas && 'field' in api.betas && betas.length > 0 && { [api.betas.field]: JSON.stringify(betas) }),
    },
    removes: clientApi.variantFields ?? [],
  }
}

export const mergeShapes = (one: BodyShape | undefined, other: BodyShape): BodyShape =>
  one ? { adds: { ...other.adds, ...one.adds }, removes: [...one.removes, ...other.removes] } : other

/** The header for the betas of a request whose client states them elsewhere. */
export const betaHeader = ({ betas: place }: Api, betas: readonly string[]): Readonly<Record<string, string>> =>
  place && 'header' in place && betas.length > 0 ? { [place.header]: betas.join(',') } : {}

const BETA = /^[\w.-]{1,100}$/
const MAX_BETAS = 50

/** The betas of a request that the provider has. The others are removed, with a warning. */
export function forwardedBetas(call: Call, { name, betas }: ProviderType, warnings: Warnings): readonly string[] {
  const requested = requestedBetas(call)
  const isKnown = (beta: string) => betas === undefined || betas.has(beta)
  for (const beta of requested) if (!isKnown(beta)) warnings.add(`${beta} was removed: ${name} does not have this beta`)
  return requested.filter(isKnown)
}

function requestedBetas({ arrival, body: { bytes, envelope } }: Call): readonly string[] {
  const { betas } = arrival.api!
  if (!betas) return []
  if ('header' in betas) return listIn((arrival.client.headers.get(betas.header) ?? '').split(','))
  const member = envelope.members.find(({ key, type }) => key === betas.field && type === 'array')
  return member ? listIn(JSON.parse(Buffer.from(bytes.subarray(member.start, member.end)).toString()) as unknown[]) : []
}

const listIn = (values: readonly unknown[]): readonly string[] =>
  [...new Set(values.map((value) => stringOf(value).trim()).filter((beta) => BETA.test(beta)))].slice(0, MAX_BETAS)
