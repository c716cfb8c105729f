namespace Kthena.Routing.KvIndex;

/// <summary>Holders beyond the first 64 endpoints: chains of pages with a bit for each of 64 endpoints.</summary>
internal sealed class HolderPages(long bytesMax)
{
    private const int PageBytes = 16;

    private Page[] _pages = [];
    private int _free = -1;
    private int _fresh;

    public long BytesReserved => (long)_pages.Length * PageBytes;

    /// <summary>Adds a holder to a chain.</summary>
    /// <returns>True when it was not there; null when no page is left.</returns>
    public bool? Add(ref int chain, int number, ulong bit)
    {
        for (int page = chain; page >= 0; page = _pages[page].Next)
        {
            if (_pages[page].Number != number)
                continue;
            bool isNew = (_pages[page].Holders & bit) == 0;
            _pages[page].Holders |= bit;
            return isNew;
        }
        int taken = Take();
        if (taken < 0)
            return null;
        _pages[taken] = new Page { Holders = bit, Number = number, Next = chain };
        chain = taken;
        return true;
    }

    /// <summary>Takes a holder out of a chain; false when it was not there.</summary>
    public bool Remove(ref int chain, int number, ulong bit)
    {
        ref int link = ref chain;
        while (link >= 0)
        {
            int at = link;
            ref Page page = ref _pages[at];
            if (page.Number == number)
            {
                bool was = (page.Holders & bit) != 0;
                page.Holders &= ~bit;
                if (page.Holders == 0)
                {
                    link = page.Next;
                    page.Next = _free;
                    _free = at;
                }
                return was;
            }
            link = ref page.Next;
        }
        return false;
    }

    public bool Contains(int chain, int number, ulong bit)
    {
        for (int page = chain; page >= 0; page = _pages[page].Next)
        {
            if (_pages[page].Number == number)
                return (_pages[page].Holders & bit) != 0;
        }
        return false;
    }

    /// <summary>Lays a chain out as one word per page number; words of absent pages become 0.</summary>
    public void CopyTo(int chain, Span<ulong> words)
    {
        words.Clear();
        for (int page = chain; page >= 0; page = _pages[page].Next)
        {
            if (_pages[page].Number < words.Length)
                words[_pages[page].Number] = _pages[page].Holders;
        }
    }

    /// <summary>Takes the first page off a chain; false when the chain is empty.</summary>
    public bool TakeFirst(ref int chain, out int number, out ulong holders)
    {
        (number, holders) = (0, 0);
        if (chain < 0)
            return false;
        int at = chain;
        (number, holders, chain) = (_pages[at].Number, _pages[at].Holders, _pages[at].Next);
        _pages[at].Next = _free;
        _free = at;
        return true;
    }

    private int Take()
    {
        if (_free >= 0)
        {
            int page = _free;
            _free = _pages[page].Next;
            return page;
        }
        if (_fresh == _pages.Length)
        {
            int capacity = (int)Math.Min(bytesMax / PageBytes, Math.Max(64, _pages.Length * 3L / 2));
            if (capacity <= _pages.Length)
                return -1;
            Array.Resize(ref _pages, capacity);
        }
        return _fresh++;
    }

    private struct Page
    {
        public ulong Holders;
        public int Number;
        public int Next;
    }
}
