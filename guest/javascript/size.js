import { emit } from "obscura:transform/output@1.0.0";

const SIGNATURE = [0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a];

// What is thrown is the contract's `error`.
const error = (tag) => (val) => ({ payload: { tag, val } });
const unsupportedFormat = error("unsupported-format");
const malformed = error("malformed");
const invalidParameters = error("invalid-parameters");

export const transformer = {
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

    transform(source) {
        const head = [];
        for (;;) {
            const piece = source.read(24 - head.length);
            if (piece.length === 0) break;
            head.push(...piece);
        }
        if (!SIGNATURE.every((byte, at) => head[at] === byte)) {
            throw unsupportedFormat("this is no PNG; upload one instead");
        }
        if (head.length < 24) throw malformed("the file is cut short; upload it again");
        const view = new DataView(Uint8Array.from(head).buffer);
        const text = JSON.stringify({ width: view.getUint32(16), height: view.getUint32(20) });
        emit({
            name: "size",
            mediaType: "application/json",
            width: 0,
            height: 0,
            attributes: [],
            body: Uint8Array.from(text, (character) => character.charCodeAt(0)),
        });
    },
};
