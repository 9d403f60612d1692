package dev.frl.s3;

import java.net.URI;
import java.util.regex.Pattern;

/**
 * A bucket and a prefix of keys.
 *
 * @param uri without a slash at its end
 * @param bucket name of the bucket
 * @param prefix empty, or with a slash at its end
 */
record S3Root(URI uri, String bucket, String prefix) {
    private static final Pattern BUCKET = Pattern.compile("[A-Za-z0-9][A-Za-z0-9._-]{1,61}[A-Za-z0-9]");
    private static final Pattern PREFIX = Pattern.compile("(/(?!\\.{1,2}(/|$))[A-Za-z0-9._=+@-]+)*");

    /** @throws IllegalArgumentException if the bucket or the prefix is invalid */
    static S3Root of(URI root) {
        var bucket = root.getRawAuthority() == null ? "" : root.getRawAuthority();
        var path = root.getRawPath() == null ? "" : root.getRawPath().replaceFirst("/+$", "");
        if (!BUCKET.matcher(bucket).matches()
                || !PREFIX.matcher(path).matches()
                || root.getRawQuery() != null
                || root.getRawFragment() != null) {
            throw new IllegalArgumentException(
                    "expected s3://BUCKET/PREFIX; a bucket has 3 to 63 letters, digits, dots and hyphens, a prefix letters, digits and ._=+@- between slashes");
        }
        return new S3Root(URI.create("s3://" + bucket + path), bucket, path.isEmpty() ? "" : path.substring(1) + "/");
    }
}
