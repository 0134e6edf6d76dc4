// An OpenID Connect provider for one test: node provider.mjs ISSUER PORT CLIENT SECRET REDIRECT. Prints "ready" once it listens.
// It stands behind whatever forwards ISSUER to PORT. Two clients more: "other" (another audience) and "late" (tokens long expired).
import {Provider} from 'oidc-provider';

const [issuer, port, client, secret, redirect] = process.argv.slice(2);
const registered = (client_id) => ({client_id, client_secret: secret, redirect_uris: [redirect], response_types: ['code'],
  grant_types: ['authorization_code'], token_endpoint_auth_method: 'client_secret_basic'});
const an_hour = 3600;
const provider = new Provider(issuer, {
  clients: [registered(client), registered('other'), registered('late')],
  cookies: {keys: ['a key of this test']},
  pkce: {required: () => true},
  features: {devInteractions: {enabled: true}},
  ttl: {IdToken: (ctx, token, of) => (of.clientId === 'late' ? -an_hour : an_hour), AccessToken: an_hour, Grant: an_hour,
    Interaction: an_hour, Session: an_hour},
  findAccount: (ctx, sub) => ({accountId: sub, claims: () => ({sub})}),
});
provider.proxy = true;
provider.listen(Number(port), '127.0.0.1', () => console.log('ready'));
