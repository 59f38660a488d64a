// Reads flags with the published OpenFeature SDK for servers: node read_flags.mjs <url> <token> <targeting key>; details on standard output.
import { OFREPProvider } from "@openfeature/ofrep-provider";
import { OpenFeature } from "@openfeature/server-sdk";

const [baseUrl, token, targetingKey] = process.argv.slice(2);
await OpenFeature.setProviderAndWait(new OFREPProvider({ baseUrl, headers: [["Authorization", `Bearer ${token}`]] }));
const client = OpenFeature.getClient();
const context = { targetingKey };
const read = {
  checkout: await client.getStringDetails("checkout-button", "none", context),
  banner: await client.getBooleanDetails("banner", true, context),
  ratio: await client.getNumberDetails("ratio", 0, context),
  limit: await client.getNumberDetails("limit", 0, context),
  theme: await client.getObjectDetails("theme", {}, context),
  nothing: await client.getStringDetails("nothing", "fallback", context),
  nobody: await client.getStringDetails("checkout-button", "fallback", {}),
};
process.stdout.write(JSON.stringify(read));
await OpenFeature.close();
