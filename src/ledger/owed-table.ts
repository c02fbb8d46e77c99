/** The step to version 7 of the ledger: what is owed of drawings, and texts that become ink when they get a plate. */
export const owedTable = `
-- What is owed of drawings, so that nobody looks for it among all that were ever asked for: it follows from their steps.
-- One of no paths (a single 0) is a text: the words of its request become ink when it gets a plate.
CREATE TABLE drawing_owed (
  request INTEGER PRIMARY KEY REFERENCES request, is_text INTEGER NOT NULL CHECK (is_text IN (0, 1))
) STRICT;
INSERT INTO drawing_owed (request, is_text) SELECT request, 0 FROM drawing
  WHERE NOT EXISTS (SELECT 1 FROM request_step WHERE request = drawing.request AND is_last = 1);
CREATE TRIGGER drawing_is_owed AFTER INSERT ON drawing
BEGIN INSERT INTO drawing_owed (request, is_text) VALUES (NEW.request, NEW.blob = x'00'); END;
CREATE TRIGGER drawing_is_over AFTER INSERT ON request_step WHEN NEW.is_last = 1
BEGIN DELETE FROM drawing_owed WHERE request = NEW.request; END;
-- The ink of a text is the name of a person: how it lay is forgotten with the person.
DROP TRIGGER placement_stays;
CREATE TRIGGER placement_stays BEFORE UPDATE OF id, request, sheet, plate, paths, digest, at_ms ON placement
BEGIN SELECT raise(ABORT, 'entries do not change'); END;
CREATE TRIGGER placement_of_text_goes BEFORE UPDATE OF blob ON placement
WHEN NEW.blob <> x'00' OR (SELECT blob FROM drawing WHERE request = NEW.request) IS NOT x'00'
BEGIN SELECT raise(ABORT, 'only how a text lay is forgotten'); END;
CREATE INDEX request_of_viewer ON request (viewer) WHERE viewer IS NOT NULL;
`;
