const SIGNATURE = [0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a];

// What is thrown is the contract's `error`.
const error = (tag) => (val) => ({ payload: { tag, val } });
const unsupportedFormat = error("unsupported-format");
const malformed = error("malformed");
const invalidParameters = error("invalid-parameters");

export const fileTransformer = {
    describe() {
        return {
            name: "size",
            version: "1.0.0",
            summary: "Says how large a PNG picture is.",
            accepts: ["image/png"],
            parametersSchema: '{"type": "object", "additionalProperties": false}',
            defaultParameters: "{}",
        };
    },

    plan(parameters) {
        if (!["", "{}"].includes(parameters.trim())) {
            throw invalidParameters("there are no parameters; give {}");
        }
        return [{ name: "size", mediaTypes: ["application/json"] }];
    },

    transform({ body }) {
        if (!SIGNATURE.every((byte, at) => body[at] === byte)) {
            throw unsupportedFormat("this is no PNG; upload one instead");
        }
        if (body.length < 24) throw malformed("the file is cut short; upload it again");
        const view = new DataView(Uint8Array.from(body.slice(16, 24)).buffer);
        const text = JSON.stringify({ width: view.getUint32(0), height: view.getUint32(4) });
        return [{
            name: "size",
            mediaType: "application/json",
            width: 0,
            height: 0,
            attributes: [],
            body: Uint8Array.from(text, (character) => character.charCodeAt(0)),
        }];
    },
};
