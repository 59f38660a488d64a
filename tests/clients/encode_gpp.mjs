// Writes GPP strings with the framework's own library: a JSON list of {section id: {field: value}} on standard input, the strings on standard output.
// A string instead of an object is read: what comes back for it are the ids of its sections, or null.
import { GppModel } from "@iabgpp/cmpapi";
import { readFileSync } from "node:fs";

const written = JSON.parse(readFileSync(0, "utf8")).map((wanted) => {
  try {
    if (typeof wanted === "string") return new GppModel(wanted).getSectionIds();
    const model = new GppModel();
    for (const [id, fields] of Object.entries(wanted))
      for (const [field, value] of Object.entries(fields)) model.setFieldValueBySectionId(Number(id), field, value);
    return model.encode();
  } catch {
    return null;
  }
});
process.stdout.write(JSON.stringify(written));
