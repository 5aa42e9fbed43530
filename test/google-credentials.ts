// Credentials files in Google's format, with tokens from a test server.
import { generateKeyPairSync } from 'node:crypto'

const pair = generateKeyPairSync('rsa', { modulusLength: 2048 })

export const publicKey = pair.publicKey
export const privateKey = pair.privateKey.export({ type: 'pkcs8', format: 'pem' }).toString()

export const serviceAccount = (tokenUri: string) => ({
  type: 'service_account',
  project_id: 'the-project',
  private_key_id: 'key-1',
  private_key: privateKey,
  client_email: 'sluice@the-project.iam.gserviceaccount.com',
  client_id: '1',
  token_uri: tokenUri,
  universe_domain: 'googleapis.com',
})

export const authorizedUser = (tokenUri: string) => ({
  type: 'authorized_user',
  client_id: 'the-client',
  client_secret: 'the-client-secret',
  refresh_token: 'the-refresh-token',
  quota_project_id: 'the-payer',
  token_uri: tokenUri,
})

export const externalAccount = (tokenUrl: string, source: object, more: object = {}) => ({
  type: 'external_account',
  audience: '//iam.googleapis.com/projects/1/locations/global/workloadIdentityPools/p/providers/q',
  subject_token_type: 'urn:ietf:params:oauth:token-type:jwt',
  token_url: tokenUrl,
  credential_source: source,
  ...more,
})
