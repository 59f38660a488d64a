// Decodes TCF strings with the framework's own library: a JSON list of strings on standard input, a list of what they say on standard output.
import { TCString } from "@iabtechlabtcf/core";
import { readFileSync } from "node:fs";

const said = JSON.parse(readFileSync(0, "utf8")).map((text) => {
  try {
    const model = TCString.decode(text);
    return {
      cmp_id: Number(model.cmpId),
      vendor_list: Number(model.vendorListVersion),
      policy_version: Number(model.policyVersion),
      service_specific: model.isServiceSpecific,
      purposes: [...model.purposeConsents].filter(([, allowed]) => allowed).map(([id]) => id),
      special_features: [...model.specialFeatureOptins].filter(([, allowed]) => allowed).map(([id]) => id),
      vendors: [...model.vendorConsents].filter(([, allowed]) => allowed).map(([id]) => id),
    };
  } catch {
    return null;
  }
});
process.stdout.write(JSON.stringify(said));
