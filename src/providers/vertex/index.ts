import { defineProvider } from '../provider.ts'
import { tokenAuthorization } from '../tokens/token-authorization.ts'
import { projectIn } from './credentials.ts'
import { fetchGoogleToken } from './google-token.ts'
import { credentialsOf, findCredentials, GOOGLE_VARIABLES, locate, metadataHostOf, vertexProblems } from './setup.ts'

const isClaude = (model: string): boolean => model.startsWith('claude')

/** The `@` before a version is not encoded, as in Google's and Anthropic's own libraries. */
const segment = (model: string): string => encodeURIComponent(model).replaceAll('%40', '@')

/**
 * Google's and Anthropic's models on Vertex AI, each in its maker's API format; the model and the method are in the path.
 * Sources: https://cloud.google.com/vertex-ai/generative-ai/docs/model-reference/inference, .../docs/partner-models/claude/use-claude
 */
export const vertex = defineProvider('vertex', {
  defaultUrl: 'https://aiplatform.googleapis.com',
  capabilities: new Set(['fetches-urls']),
  apis: ['gemini', 'anthropic'],
  apisFor: (model) => (isClaude(model) ? ['anthropic'] : ['gemini']),
  bodies: { anthropic: { adds: { anthropic_version: '"vertex-2023-10-16"' }, removes: ['model'] } },
  auth: (apiKey) => ['x-goog-api-key', apiKey],
  settings: ['project', 'location', 'credentials'],
  variables: GOOGLE_VARIABLES,
  findCredentials,
  problems: vertexProblems,
  locate,
  authorize: (config, parts) => {
    if (config.apiKey !== undefined) return undefined
    const credentials = credentialsOf(config)
    const host = metadataHostOf(config)
    // Calls with a user's credentials need a quota project. Otherwise Google counts them for its own tool's project
    // and rejects them.
    const quotaProject =
      credentials?.type === 'authorized_user' ? (projectIn(credentials) ?? config.project) : undefined
    return tokenAuthorization(
      config.name,
      () => fetchGoogleToken(credentials, host, parts.now),
      parts,
      quotaProject === undefined ? {} : { 'x-goog-user-project': quotaProject },
    )
  },
  url: (base, _path, model, { stream }) => {
    const [publisher, method] = isClaude(model)
      ? ['anthropic', stream ? 'streamRawPredict' : 'rawPredict']
      : ['google', stream ? 'streamGenerateContent?alt=sse' : 'generateContent']
    return `${base}/publishers/${publisher}/models/${segment(model)}:${method}`
  },
})
