using Engine.Metadata;

namespace Engine.Cluster.Tests;

/// <summary>Counts what a receiver hands on, and gives pages back.</summary>
internal sealed class CountingSink : IFrameSink
{
    public int Messages { get; private set; }

    public int Transfers { get; private set; }

    public int Declines { get; private set; }

    public int Others { get; private set; }

    /// <summary>Looks at a message before its pages are given back.</summary>
    public Action<Message>? Look { get; set; }

    public void Heard()
    {
    }

    public void TakeGreeting(FrameKind kind, in Greeting greeting) => Others++;

    public void TakeRefusal(in Refusal refusal) => Others++;

    public void TakeMessage(Message message)
    {
        Messages++;
        Look?.Invoke(message);
        if (message is not PagesMessage pages)
            return;
        Transfers++;
        pages.Pages.Dispose();
    }

    public void TakeDeclined(uint transfer) => Others++;

    public void TakeGoodbye() => Others++;

    public void Decline(uint transfer) => Declines++;
}
