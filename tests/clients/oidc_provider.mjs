// A published OpenID Connect provider, unmodified, on this machine: oidc_provider.mjs <port> <redirect uri>.
// Whoever signs in is who they say; the claim app_user is their name behind "app-".
import { Provider } from "oidc-provider";

const [port, redirectUri] = process.argv.slice(2);
const provider = new Provider(`http://127.0.0.1:${port}`, {
  clients: [{ client_id: "volens", client_secret: "a secret+with/odd%signs", redirect_uris: [redirectUri] }],
  claims: { openid: ["sub", "app_user"] },
  conformIdTokenClaims: false,
  findAccount: (_, id) => ({ accountId: id, claims: () => ({ sub: id, app_user: `app-${id}` }) }),
  pkce: { required: () => true },
});
provider.listen(Number(port), "127.0.0.1", () => console.log("ready"));
