package dev.frl.s3;

import java.net.URI;
import java.util.Map;
import java.util.Properties;
import java.util.TreeMap;
import org.gaul.s3proxy.AuthenticationType;
import org.gaul.s3proxy.S3Proxy;
import org.gaul.s3proxy.nio2blob.TransientNio2BlobApiMetadata;
import org.jclouds.ContextBuilder;
import org.jclouds.blobstore.BlobStoreContext;

/** A server in this process that speaks S3, with its objects in memory. It checks signatures. */
public final class S3Server implements AutoCloseable {
    private static final String ID = "frl-test";
    private static final String SECRET = "secret-of-the-test";

    private final BlobStoreContext objects;
    private final S3Proxy server;

    private S3Server(BlobStoreContext objects, S3Proxy server) {
        this.objects = objects;
        this.server = server;
    }

    public static S3Server start() throws Exception {
        var objects = ContextBuilder.newBuilder(new TransientNio2BlobApiMetadata())
                .credentials(ID, SECRET)
                .overrides(new Properties())
                .build(BlobStoreContext.class);
        var server = S3Proxy.builder()
                .blobStore(objects.getBlobStore())
                .endpoint(URI.create("http://127.0.0.1:0"))
                .awsAuthentication(AuthenticationType.AWS_V4, ID, SECRET)
                .build();
        server.start();
        return new S3Server(objects, server);
    }

    public S3Server withBucket(String name) {
        objects.getBlobStore().createContainerInLocation(null, name);
        return this;
    }

    public URI endpoint() {
        return URI.create("http://127.0.0.1:" + server.getPort());
    }

    /** Environment variables of a service that uses this server. */
    public Map<String, String> environment() {
        return Map.of(
                "AWS_ENDPOINT_URL_S3", endpoint().toString(),
                "AWS_ACCESS_KEY_ID", ID,
                "AWS_SECRET_ACCESS_KEY", SECRET);
    }

    /** The same with one variable changed. */
    Map<String, String> environment(String name, String value) {
        var changed = new TreeMap<>(environment());
        changed.put(name, value);
        return changed;
    }

    @Override
    public void close() throws Exception {
        server.stop();
        objects.close();
    }
}
