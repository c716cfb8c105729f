using System.Globalization;
using System.Net;
using System.Net.Http.Headers;
using System.Net.Security;
using System.Runtime.CompilerServices;
using System.Security.Authentication;
using System.Security.Cryptography.X509Certificates;
using System.Text;
using Kthena.Kubernetes.Core;

namespace Kthena.Kubernetes;

/// <summary>
/// Carries requests to an API server over HTTP, on one pool of connections; HTTP/2 when the server offers it.
/// </summary>
public sealed class HttpKubernetesTransport : IKubernetesTransport, IDisposable
{
    private static readonly TimeSpan WatchOpenTimeout = TimeSpan.FromSeconds(10);

    private readonly KubernetesConnection _connection;
    private readonly TimeProvider _time;
    private readonly string _prefix;
    private readonly HttpMessageInvoker _invoker;
    private readonly BearerToken _token;

    /// <summary>Creates a transport; it connects when it is first used.</summary>
    /// <param name="connection">Where the server is and who we are.</param>
    /// <param name="time">Measures waits.</param>
    public HttpKubernetesTransport(KubernetesConnection connection, TimeProvider time)
    {
        _connection = connection;
        _time = time;
        _prefix = connection.Server.GetLeftPart(UriPartial.Path).TrimEnd('/');
        _token = new BearerToken(connection.Token, connection.TokenFile, time);
        _invoker = new HttpMessageInvoker(CreateHandler(connection), disposeHandler: true);
    }

    /// <inheritdoc/>
    public async Task<KubernetesResponse> SendAsync(KubernetesRequest request, CancellationToken cancellationToken)
    {
        KubernetesResponse response = await SendOnceAsync(request, cancellationToken);
        return response.StatusCode == 401 && _token.Expire() ? await SendOnceAsync(request, cancellationToken) : response;
    }

    /// <inheritdoc/>
    public async IAsyncEnumerable<ReadOnlyMemory<byte>> WatchAsync(
        KubernetesRequest request, [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        using HttpResponseMessage response = await OpenAsync(request, cancellationToken);
        await using Stream stream = await response.Content.ReadAsStreamAsync(cancellationToken);
        await using IAsyncEnumerator<ReadOnlyMemory<byte>> lines =
            WatchLines.ReadAsync(stream, cancellationToken).GetAsyncEnumerator(cancellationToken);
        while (true)
        {
            try
            {
                if (!await lines.MoveNextAsync())
                    yield break;
            }
            catch (Exception error) when (IsConnectionFault(error))
            {
                cancellationToken.ThrowIfCancellationRequested();
                throw Unreachable(request, error);
            }
            yield return lines.Current;
        }
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        _invoker.Dispose();
        _token.Dispose();
    }

    private static SocketsHttpHandler CreateHandler(KubernetesConnection connection)
    {
        var handler = new SocketsHttpHandler
        {
            ConnectTimeout = TimeSpan.FromSeconds(5),
            EnableMultipleHttp2Connections = true,
            // A watch over a dead connection must not wait for its own deadline.
            KeepAlivePingDelay = TimeSpan.FromSeconds(30),
            KeepAlivePingTimeout = TimeSpan.FromSeconds(15),
            PooledConnectionIdleTimeout = TimeSpan.FromMinutes(2),
            AllowAutoRedirect = false,
            UseCookies = false,
            ActivityHeadersPropagator = null,
        };
        if (connection.Proxy is not null)
            handler.Proxy = new WebProxy(connection.Proxy);
        else if (connection.Server.IsLoopback)
            handler.UseProxy = false;
        handler.SslOptions.TargetHost = connection.TlsServerName;
        if (connection.ClientCertificate is not null)
            handler.SslOptions.ClientCertificates = [connection.ClientCertificate];
        if (connection.SkipsTlsVerification)
        {
#pragma warning disable CA5359 // The kubeconfig says insecure-skip-tls-verify
            handler.SslOptions.RemoteCertificateValidationCallback = static (_, _, _, _) => true;
#pragma warning restore CA5359
        }
        else if (!connection.CertificateAuthorities.IsEmpty)
        {
            handler.SslOptions.CertificateChainPolicy = new X509ChainPolicy
            {
                TrustMode = X509ChainTrustMode.CustomRootTrust,
                RevocationMode = X509RevocationMode.NoCheck,
            };
            handler.SslOptions.CertificateChainPolicy.CustomTrustStore.AddRange(connection.CertificateAuthorities.ToArray());
        }
        return handler;
    }

    private static bool IsConnectionFault(Exception error) => error is HttpRequestException or IOException or AuthenticationException;

    private static TimeSpan? RetryAfterOf(HttpResponseMessage response, TimeProvider time) => response.Headers.RetryAfter switch
    {
        { Delta: TimeSpan delta } => delta,
        { Date: DateTimeOffset date } => date > time.GetUtcNow() ? date - time.GetUtcNow() : TimeSpan.Zero,
        _ => null,
    };

    private async Task<KubernetesResponse> SendOnceAsync(KubernetesRequest request, CancellationToken cancellationToken)
    {
        try
        {
            using HttpRequestMessage message = await CreateMessageAsync(request, cancellationToken);
            using HttpResponseMessage response = await _invoker.SendAsync(message, cancellationToken);
            byte[] body = await response.Content.ReadAsByteArrayAsync(cancellationToken);
            return new KubernetesResponse((int)response.StatusCode, body, RetryAfterOf(response, _time));
        }
        catch (Exception error) when (IsConnectionFault(error))
        {
            cancellationToken.ThrowIfCancellationRequested();
            throw Unreachable(request, error);
        }
    }

    private async Task<HttpResponseMessage> OpenAsync(KubernetesRequest request, CancellationToken cancellationToken)
    {
        using var deadline = new CancellationTokenSource(WatchOpenTimeout, _time);
        using var linked = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken, deadline.Token);
        HttpResponseMessage? response = null;
        try
        {
            using HttpRequestMessage message = await CreateMessageAsync(request, linked.Token);
            response = await _invoker.SendAsync(message, linked.Token);
            if (response.IsSuccessStatusCode)
                return response;
            byte[] body = await response.Content.ReadAsByteArrayAsync(linked.Token);
            if (response.StatusCode == HttpStatusCode.Unauthorized)
                _token.Expire();
            var refusal = new KubernetesResponse((int)response.StatusCode, body, RetryAfterOf(response, _time));
            response.Dispose();
            throw KubernetesApiException.From(request, refusal);
        }
        catch (OperationCanceledException error) when (deadline.IsCancellationRequested && !cancellationToken.IsCancellationRequested)
        {
            response?.Dispose();
            throw new KubernetesUnreachableException($"{request}: the watch did not open within {WatchOpenTimeout.TotalSeconds:0} s.", error);
        }
        catch (Exception error) when (IsConnectionFault(error))
        {
            response?.Dispose();
            cancellationToken.ThrowIfCancellationRequested();
            throw Unreachable(request, error);
        }
    }

    private async Task<HttpRequestMessage> CreateMessageAsync(KubernetesRequest request, CancellationToken cancellationToken)
    {
        string url = request.Query.Length == 0 ? $"{_prefix}{request.Path}" : $"{_prefix}{request.Path}?{request.Query}";
        var message = new HttpRequestMessage(new HttpMethod(request.Method), url)
        {
            Version = HttpVersion.Version20,
            VersionPolicy = HttpVersionPolicy.RequestVersionOrLower,
        };
        message.Headers.TryAddWithoutValidation("Accept", "application/json");
        message.Headers.TryAddWithoutValidation("User-Agent", "kthena");
        if (await _token.GetAsync(cancellationToken) is string token)
            message.Headers.Authorization = new AuthenticationHeaderValue("Bearer", token);
        else if (_connection.UserName is not null)
            message.Headers.Authorization = new AuthenticationHeaderValue(
                "Basic", Convert.ToBase64String(Encoding.UTF8.GetBytes($"{_connection.UserName}:{_connection.Password}")));
        if (request.ContentType is not null)
        {
            message.Content = new ReadOnlyMemoryContent(request.Body);
            message.Content.Headers.TryAddWithoutValidation("Content-Type", request.ContentType);
        }
        return message;
    }

    private KubernetesUnreachableException Unreachable(KubernetesRequest request, Exception error)
    {
        for (Exception? cause = error; cause is not null; cause = cause.InnerException)
        {
            if (cause is AuthenticationException)
            {
                return new KubernetesUnreachableException(
                    string.Create(CultureInfo.InvariantCulture, $"{_connection}: the TLS connection was refused ({cause.Message}); check certificate-authority and server of the kubeconfig."),
                    error);
            }
        }
        return new KubernetesUnreachableException($"{request}: {_connection} did not answer: {error.Message}", error);
    }
}
