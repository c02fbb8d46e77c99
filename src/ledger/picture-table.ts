/** The table of the pieces of pictures: each kept once, whatever sheets have it. */
export const pictureTable = `
-- The pieces of a picture whose strokes are a row's, packed, by the SHA-256 that the layouts of sheets name.
CREATE TABLE picture (
  digest BLOB PRIMARY KEY CHECK (length(digest) = 32), pieces INTEGER NOT NULL CHECK (pieces > 0),
  blob BLOB NOT NULL CHECK (length(blob) BETWEEN 1 AND 1048576)
) STRICT;
CREATE TRIGGER picture_stays BEFORE UPDATE ON picture BEGIN SELECT raise(ABORT, 'entries do not change'); END;
CREATE TRIGGER picture_lasts BEFORE DELETE ON picture BEGIN SELECT raise(ABORT, 'entries are never deleted'); END;
CREATE TRIGGER picture_is_new BEFORE INSERT ON picture WHEN EXISTS (SELECT 1 FROM picture WHERE digest = NEW.digest)
BEGIN SELECT raise(ABORT, 'entries are never replaced'); END;
CREATE TRIGGER picture_is_whole BEFORE INSERT ON picture WHEN NEW.digest IS NOT sha256(NEW.blob)
BEGIN SELECT raise(ABORT, 'the digest is that of the pieces'); END;
`;
