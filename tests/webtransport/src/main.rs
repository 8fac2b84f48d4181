//! A pool that talks over WebTransport, for the tests of the guard: it listens on loopback with a certificate
//! of its own, and prints `PORT HASH` once it is ready. It hands out a job for whatever it is sent first,
//! over a stream that the page opens, over one that it opens itself or in datagrams, as the page's path asks,
//! and says that every result is right. On `/echo` it only says again what it is told.
use wtransport::endpoint::IncomingSession;
use wtransport::error::ConnectionError;
use wtransport::tls::Sha256DigestFmt;
use wtransport::{Connection, Endpoint, Identity, RecvStream, SendStream, ServerConfig};

const JOB: &str = concat!(
    r#"{"type":"authed","params":{"token":"","hashes":0}}"#,
    "\n",
    r#"{"type":"job","params":{"job_id":"stub-1","blob":"0707d2d2d2d2d2d2d2d2d2d2d2d2d2d2d2d2d2d2d2d2d2d2d2d2d2d2d2d2d2d2d2d2d2d2d2d2d2d2000000007e7e7e7e7e7e7e7e7e7e7e7e7e7e7e7e7e7e7e7e7e7e7e7e7e7e7e7e7e7e7e7e7e","target":"ffffffff","algo":"cn","variant":0,"height":1}}"#,
    "\n"
);
const RIGHT: &str = "{\"type\":\"hash_accepted\",\"params\":{\"hashes\":1}}\n";

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), Box<dyn std::error::Error>> {
    let identity = Identity::self_signed(["localhost", "127.0.0.1"])?;
    let hash = identity.certificate_chain().as_slice()[0]
        .hash()
        .fmt(Sha256DigestFmt::BytesArray);
    let config = ServerConfig::builder()
        .with_bind_address("127.0.0.1:0".parse()?)
        .with_identity(identity)
        .build();
    let server = Endpoint::server(config)?;
    println!("{} {hash}", server.local_addr()?.port());
    loop {
        let incoming = server.accept().await;
        tokio::spawn(async move {
            // A page that goes away ends its connection: nothing to say about that.
            let _ = session(incoming).await;
        });
    }
}

async fn session(incoming: IncomingSession) -> Result<(), Box<dyn std::error::Error>> {
    let request = incoming.await?;
    let path = request.path().to_owned();
    let connection = request.accept().await?;
    match path.as_str() {
        "/echo" => {
            let (mut send, mut receive) = connection.accept_bi().await?;
            let mut bytes = [0; 4096];
            while let Some(length) = receive.read(&mut bytes).await? {
                send.write_all(&bytes[..length]).await?;
            }
        }
        "/datagrams" => datagrams(&connection).await?,
        "/theirs" => {
            let (send, receive) = connection.open_bi().await?.await?;
            talk(send, receive).await?;
        }
        _ => {
            let (send, receive) = connection.accept_bi().await?;
            talk(send, receive).await?;
        }
    }
    connection.closed().await;
    Ok(())
}

async fn datagrams(connection: &Connection) -> Result<(), ConnectionError> {
    connection.receive_datagram().await?;
    for line in JOB.lines() {
        let _ = connection.send_datagram(line);
    }
    connection.receive_datagram().await?;
    let _ = connection.send_datagram(RIGHT.trim_end());
    Ok(())
}

/// A line for a line: the job for the first, that it was right for every other.
async fn talk(
    mut send: SendStream,
    mut receive: RecvStream,
) -> Result<(), Box<dyn std::error::Error>> {
    let mut bytes = [0; 4096];
    let mut said = 0;
    while let Some(length) = receive.read(&mut bytes).await? {
        for _ in bytes[..length].iter().filter(|byte| **byte == b'\n') {
            send.write_all(if said == 0 {
                JOB.as_bytes()
            } else {
                RIGHT.as_bytes()
            })
            .await?;
            said += 1;
        }
    }
    Ok(())
}
