package dev.frl.e2e;

import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;

/** A port of the loopback interface that forwards to another one, and can be cut. */
final class Wire implements AutoCloseable {
    private final ServerSocket listening;
    private final int target;
    private final Set<Socket> open = ConcurrentHashMap.newKeySet();
    private volatile boolean cut;

    Wire(int target) throws IOException {
        this.target = target;
        this.listening = new ServerSocket(0, 50, InetAddress.getLoopbackAddress());
        background(this::accept);
    }

    int port() {
        return listening.getLocalPort();
    }

    /** Drops all connections, and every new one. */
    void cut() {
        cut = true;
        open.forEach(Wire::close);
    }

    void mend() {
        cut = false;
    }

    private void accept() {
        while (!listening.isClosed()) {
            try {
                var from = listening.accept();
                if (cut) {
                    close(from);
                    continue;
                }
                var to = new Socket(InetAddress.getLoopbackAddress(), target);
                open.add(from);
                open.add(to);
                background(() -> forward(from, to));
                background(() -> forward(to, from));
            } catch (IOException e) {
                // The wire was closed, or nothing listens behind it: the client sees a closed connection.
            }
        }
    }

    private void forward(Socket from, Socket to) {
        try (from;
                to;
                InputStream in = from.getInputStream();
                OutputStream out = to.getOutputStream()) {
            in.transferTo(out);
        } catch (IOException e) {
            // One end closed the connection.
        } finally {
            open.remove(from);
            open.remove(to);
        }
    }

    private static void background(Runnable task) {
        var thread = new Thread(task, "wire");
        thread.setDaemon(true);
        thread.start();
    }

    private static void close(Socket socket) {
        try {
            socket.close();
        } catch (IOException e) {
            // Nothing reads it any more.
        }
    }

    @Override
    public void close() throws IOException {
        listening.close();
        open.forEach(Wire::close);
    }
}
