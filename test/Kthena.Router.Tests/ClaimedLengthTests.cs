namespace Kthena.Router.Tests;

/// <summary>Measures what the whole process allocates.</summary>
[Collection(AloneCollection.Name)]
public sealed class ClaimedLengthTests
{
    [Fact]
    public async Task ClaimedLength_TakesNoMemoryBeforeTheBodyComes()
    {
        const int Connections = 16;
        const int Claimed = 60 << 20;
        await using Gateway gateway = await Gateway.StartAsync(engines: 0);
        long before = GC.GetTotalAllocatedBytes();

        var open = new List<RawConnection>();
        for (int index = 0; index < Connections; index++)
        {
            RawConnection raw = await RawConnection.OpenAsync(gateway);
            open.Add(raw);
            await raw.SendAsync($"POST /v1/completions HTTP/1.1\r\nHost: x\r\nExpect: 100-continue\r\nContent-Length: {Claimed}\r\n\r\n");
            // Sent when the router starts to read, so its buffer is there.
            await raw.HeadAsync();
        }

        // Half of the claim: the routers of other tests may still be going down.
        (GC.GetTotalAllocatedBytes() - before).ShouldBeLessThan((long)Connections * Claimed / 2);
        foreach (RawConnection raw in open)
            await raw.DisposeAsync();
    }
}
